"""Benchmarks: what Parlance costs beside the direct way, nginx, a plain relay, and its peers. See README.md."""
