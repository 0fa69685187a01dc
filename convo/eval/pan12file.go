package eval

// PAN12Part names the files of one half of the PAN-2012 corpus, as they were
// distributed. The folder differs from copy to copy.
type PAN12Part struct {
	Name    string
	Corpus  string // conversations, XML
	Authors string // truth of task 1: one author id a line
	Lines   string // truth of task 2: conversation id, tab, line number; empty if there is none
}

// PAN12Parts returns the training and the test part. The training part has no
// truth for task 2: the file named like a difference marks edited text, which
// is something else, and is not read.
func PAN12Parts() []PAN12Part {
	const prefix = "pan12-sexual-predator-identification-"
	return []PAN12Part{
		{
			Name:    "training",
			Corpus:  prefix + "training-corpus-2012-05-01.xml",
			Authors: prefix + "training-corpus-predators-2012-05-01.txt",
		},
		{
			Name:    "test",
			Corpus:  prefix + "test-corpus-2012-05-17.xml",
			Authors: prefix + "groundtruth-problem1.txt",
			Lines:   prefix + "groundtruth-problem2.txt",
		},
	}
}
