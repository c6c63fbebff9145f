"""Shwartz-Ziv & Tishby 2017: five figures of the paper, and the published code run again."""
