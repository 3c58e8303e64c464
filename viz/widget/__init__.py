"""Steps in a notebook: the picture of the step at the cursor, its sentence, and two buttons."""
