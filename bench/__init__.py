"""How fast it is, over the wire, from a server that the benchmark starts for itself."""
