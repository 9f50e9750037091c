"""The messages that projects sends."""
