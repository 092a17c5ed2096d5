"""Messages that come by HTTP: who may post them, what is answered, and how they reach the broker."""
