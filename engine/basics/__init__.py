"""What everything stands on and what knows no Value: modes, numbers coming in, facts and their words, terminals."""
