"""Running models in onnxruntime: graphs, the prompt decoder, export."""
