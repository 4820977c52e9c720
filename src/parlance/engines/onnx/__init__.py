"""The embedded embedder: ONNX Runtime in a child process, without torch and without the network."""
