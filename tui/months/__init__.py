"""Months and their closing without a screen: calendar, review, lock, month sheet, handover."""
