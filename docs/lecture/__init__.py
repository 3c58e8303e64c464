"""The pages of the lecture, which are data of the package: the site and the notebooks of `chalkgrad lecture` are made from them."""
