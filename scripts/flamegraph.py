#!/usr/bin/env python3
"""Reads what `perf script` prints on standard input, writes a flame graph as SVG on standard output.

Each box is a function; its width is the share of samples in which it, or something that it called, was running. Callers
stand below what they call.
"""

import sys
from html import escape

WIDTH = 1200
ROW = 17
LETTER = 6.6  # of the monospaced font below


def stacks(lines):
    """Each sample as its frames, the outermost first: perf prints a line with the process, then frames, innermost first."""
    process, frames = None, []
    for line in lines:
        if not line.strip():
            if process is not None:
                yield [process, *reversed(frames)]
            process, frames = None, []
        elif line[0].isspace():
            name = line.split(None, 1)[1].rsplit(" (", 1)[0].strip()
            frames.append(name.rsplit("+0x", 1)[0])
        else:
            process = line.split()[0]
    if process is not None:
        yield [process, *reversed(frames)]


def tree(samples):
    root = {"name": "all", "count": 0, "calls": {}}
    for frames in samples:
        node = root
        node["count"] += 1
        for name in frames:
            node = node["calls"].setdefault(name, {"name": name, "count": 0, "calls": {}})
            node["count"] += 1
    return root


def depth(node):
    return 1 + max((depth(one) for one in node["calls"].values()), default=0)


def boxes(node, x, level, total, height, out):
    width = WIDTH * node["count"] / total
    if width < 0.4:
        return
    y = height - (level + 1) * ROW
    hue = 20 + sum(map(ord, node["name"])) % 30
    share = f"{100 * node['count'] / total:.1f} % of {total} samples"
    letters = int((width - 4) / LETTER)
    name = node["name"] if len(node["name"]) <= letters else node["name"][: max(0, letters - 1)] + "…"
    out.append(f'<g><title>{escape(node["name"])}: {share}</title>'
               f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="hsl({hue},75%,72%)"/>')
    if letters >= 3:
        out.append(f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(name)}</text>')
    out.append("</g>")
    for one in sorted(node["calls"].values(), key=lambda call: call["name"]):
        boxes(one, x, level + 1, total, height, out)
        x += WIDTH * one["count"] / total


def main():
    root = tree(stacks(sys.stdin))
    if root["count"] == 0:
        sys.exit("flamegraph.py: no sample: was the process idle?")
    height = (depth(root) + 1) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">',
           f'<text x="2" y="12">where CPU time goes, n = {root["count"]} samples; callers below what they call</text>']
    boxes(root, 0, 0, root["count"], height, out)
    out.append("</svg>")
    print("\n".join(out))


if __name__ == "__main__":
    main()
