package casework_test

func victim(string) {}
