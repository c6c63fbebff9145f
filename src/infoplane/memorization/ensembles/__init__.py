"""What an ensemble on random subsets says of each example: memorized, or learned from others?"""
