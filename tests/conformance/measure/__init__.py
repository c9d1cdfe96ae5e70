"""Draw many cases quickly, and measure the coverage of any cases."""
