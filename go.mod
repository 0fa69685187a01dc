module github.com/jaga-project/jaga

go 1.26
