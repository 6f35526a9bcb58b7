"""Parts of the quantum deep field."""
