"""The robust option: Huber's loss in place of squares."""
