"""What tests and plugin authors import: fakes, recorders and the contract suites of every port."""
