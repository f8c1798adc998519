"""Who somebody is: people, groups, passwords, keys, directories and single sign-on."""
