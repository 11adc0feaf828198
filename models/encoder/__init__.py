"""Sentence encoders on ONNX Runtime: a verified folder in, vectors out. No torch."""
