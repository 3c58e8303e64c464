"""The command `chalkgrad`: expressions and worked examples drawn and stepped through, training, the lecture, homework."""
