"""Letters, shapes and colours: how wide a text is, how any string is made fit for a picture, what is drawn, the themes."""
