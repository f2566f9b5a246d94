"""What a network takes the words of sentences for, beside what a grammar takes them for."""
