"""Why a rule triggered: the sentence, the structure of it, and the very readings it rests on."""
