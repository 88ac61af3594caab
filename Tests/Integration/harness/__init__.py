"""What the integration tests, the demo and the benchmark stand on: network hosts, daemons, images and clients."""
