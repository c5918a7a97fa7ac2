"""What the doctor looks at: one part of the host in each module, gathered once, never changed."""
