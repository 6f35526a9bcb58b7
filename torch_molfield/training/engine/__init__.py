"""One trainer for all tasks: schedule, checkpoints, log, settings."""
