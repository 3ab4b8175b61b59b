"""The networks: encoders, prompt encoder, mask decoder, and the variants as data."""
