"""Real servers for tests and benchmarks: started on free local ports, stopped by process id."""
