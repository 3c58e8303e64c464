"""What is said: names, numbers, expressions and reasons, in every medium and language."""
