"""A student's own engine, run in a process of its own and judged outside."""
