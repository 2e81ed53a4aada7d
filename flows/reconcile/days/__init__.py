"""Many days: each alone, or all together with stocks, invoices and biases."""
