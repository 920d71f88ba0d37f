"""Same-run ratios of mockserver against nginx and a bare timer server, and of loadgen against wrk.

Run by scripts/bench.sh; python3 -m bench with PYTHONPATH=scripts does the same. It needs the
standard library only.
"""
