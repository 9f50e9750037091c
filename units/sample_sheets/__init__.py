"""The spreadsheets the project ships (示范表格): a whole district as an office would send it, and one full of mistakes."""
