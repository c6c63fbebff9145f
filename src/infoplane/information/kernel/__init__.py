"""Kernel matrices: matrix-based Rényi information, and dependence that is no bits (HSIC, CKA)."""
