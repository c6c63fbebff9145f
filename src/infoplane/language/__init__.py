"""What do the layers of a language model tell of the tokens before and after?"""
