"""The pages of the lecture, which are data of the package: the site and the lecture's notebooks are made from them."""
