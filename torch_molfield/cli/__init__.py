"""The ``molfield`` command, one file a subcommand; modules import torch only when their command runs."""
