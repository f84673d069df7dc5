"""The API of AIStore's SDK: its Batch, and what patch() replaces."""
