"""Letters and colours: how wide a text is, how any string is made fit for a picture, the themes."""
