%md
