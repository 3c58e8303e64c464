"""Machine code: kernels over tables, compiled by LLVM."""
