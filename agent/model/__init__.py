"""Values: what flows through the agent and how it is written down. Nothing here does anything."""
