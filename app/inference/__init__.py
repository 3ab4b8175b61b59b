"""The model as a service: questions in, answers out, on one thread. No Qt, no framework."""
