"""What a stream of chat chunks says, put together."""


def joined(chunks, index=0):
    """The content of one choice of a stream."""
    return "".join(
        choice.delta.content or ""
        for chunk in chunks
        for choice in chunk.choices
        if choice.index == index
    )


def finishes(chunks):
    return {
        choice.index: choice.finish_reason
        for chunk in chunks
        for choice in chunk.choices
        if choice.finish_reason
    }


def joined_calls(chunks, index=0):
    """The tool calls of one choice of a stream: [(id, name, arguments, fragments)]."""
    calls = {}
    for chunk in chunks:
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or [] if choice.index == index else []:
                if part.index not in calls:
                    assert part.id and part.type == "function" and part.function.name
                    calls[part.index] = [part.id, part.function.name, "", 0]
                else:
                    assert part.id is None and part.function.name is None
                calls[part.index][2] += part.function.arguments or ""
                calls[part.index][3] += 1
    assert sorted(calls) == list(range(len(calls)))
    return [calls[i] for i in sorted(calls)]
