"""What everything else is built on and does not know Values: modes, conversion to floats, facts and their words, terminals."""
