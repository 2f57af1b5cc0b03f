"""Questions about rules that the journal answers: rehearsals, and why an alarm was raised. Reads, never writes."""
