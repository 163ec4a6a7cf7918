"""What a message is made of and how it reaches a chat: pages, buttons, drafts, delivery."""
