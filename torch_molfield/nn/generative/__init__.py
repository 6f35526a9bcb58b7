"""Parts of generative models: noise and its coupling to molecules, the prior's networks, samplers."""
