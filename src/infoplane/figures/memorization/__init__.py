"""The learned–memorized plane, M by epoch, depth and rate, label bits, rewound layers."""
